import { render } from 'preact'
import { App } from './app.tsx'
import { followAddress } from './state/route.ts'
import { applyTheme } from './state/theme.ts'

applyTheme()
followAddress()
const place = document.getElementById('app')
if (place !== null) render(<App />, place)

import { render } from 'preact'
import { takeTokenFromAddress } from './api/client.ts'
import { App } from './app.tsx'
import { followAddress } from './state/route.ts'
import { applyTheme } from './state/theme.ts'

applyTheme()
takeTokenFromAddress()
followAddress()
const place = document.getElementById('app')
if (place !== null) render(<App />, place)

import chromium from '@sparticuz/chromium'

// Unpacks the browser into TMPDIR. A program of its own, since the package takes that directory for granted.
await chromium.executablePath()

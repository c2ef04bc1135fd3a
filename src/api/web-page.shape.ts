import { PROBLEM } from './routing/schemas.ts'
import { problem, type RouteShape, text } from './routing/shape.ts'

const HTML = 'text/html; charset=utf-8'
const UNCHANGED = { description: 'Not modified.', type: 'null' } as const

export const PAGE = {
  method: 'GET',
  url: '/_twin',
  tag: 'Server',
  operationId: 'page',
  summary: 'The web page',
  access: 'open',
  answers: { 200: text('The page.', HTML), 304: UNCHANGED, 503: text('It is not built yet.', HTML) },
} as const satisfies RouteShape

export const PAGE_ASSET = {
  method: 'GET',
  url: '/_twin/assets/:name',
  params: { name: 'The name of a file.' },
  tag: 'Server',
  operationId: 'pageAsset',
  summary: 'A file of the web page',
  access: 'open',
  answers: {
    200: { description: 'The file.', content: { '*/*': { schema: {} } } },
    304: UNCHANGED,
    404: problem('The page has no such file.', PROBLEM),
  },
} as const satisfies RouteShape

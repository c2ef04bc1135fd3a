import { asList, asMap, parseYaml, type YamlMap } from './yaml.ts'

/** A step: a script for bash, or the inputs of our action. */
type Step =
  | { readonly kind: 'script'; readonly script: string }
  | { readonly kind: 'action'; readonly inputs: YamlMap }

/** What a CI system does with a job. */
export interface Snippet {
  readonly system: 'GitHub Actions' | 'GitLab CI' | 'CircleCI'
  readonly variables: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
  /** The variables of the image of Twinpanel, if the job has one beside it. */
  readonly service: Readonly<Record<string, string>> | undefined
}

/** Reads the configuration of a CI system with one job. */
export function readSnippet(text: string): Snippet {
  const document = parseYaml(text)
  if ('on' in document) return readGitHub(onlyJob(document['jobs']))
  return 'version' in document ? readCircle(onlyJob(document['jobs'])) : readGitLab(onlyJob(document))
}

function onlyJob(jobs: unknown): YamlMap {
  const [job, ...others] = Object.values(asMap(jobs))
  if (others.length > 0) throw new Error('more than one job')
  return asMap(job)
}

function readGitHub(job: YamlMap): Snippet {
  const steps = asList(job['steps']).map(asMap)
  const service = 'services' in job ? onlyJob(job['services']) : undefined
  return {
    system: 'GitHub Actions',
    variables: toVariables(job['env']),
    steps: steps.flatMap(({ run, uses, with: inputs = {} }): readonly Step[] => {
      if (run !== undefined) return [{ kind: 'script', script: String(run) }]
      return String(uses).startsWith('actions/') ? [] : [{ kind: 'action', inputs: asMap(inputs) }]
    }),
    service: service && toVariables(service['env']),
  }
}

function readGitLab(job: YamlMap): Snippet {
  const variables = toVariables(job['variables'])
  return {
    system: 'GitLab CI',
    variables,
    steps: [{ kind: 'script', script: asList(job['script']).join('\n') }],
    service: 'services' in job ? variables : undefined,
  }
}

function readCircle(job: YamlMap): Snippet {
  const [primary, secondary] = asList(job['docker']).map(asMap)
  return {
    system: 'CircleCI',
    variables: toVariables(primary?.['environment']),
    steps: asList(job['steps']).flatMap((step) =>
      step === 'checkout' ? [] : [{ kind: 'script' as const, script: String(asMap(step)['run']) }],
    ),
    service: secondary && toVariables(secondary['environment']),
  }
}

function toVariables(map: unknown = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asMap(map)).map(([name, value]) => [name, String(value)]))
}

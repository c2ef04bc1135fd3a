import { randomBytes } from 'node:crypto'
import {
  AbstractStartedContainer,
  GenericContainer,
  getContainerRuntimeClient,
  type StartedTestContainer,
  Wait,
} from 'testcontainers'
import type { Credentials, NewProjectBody, Project } from '../api/projects.shape.ts'
import { type Client, createClient } from '../client/client.ts'
import { readVersion } from '../package-root.ts'

const PORT = 4100

/** A project, the secrets that are shown only once, and the URL for an SDK. */
export type ContainerProject = Project & Credentials & { readonly url: string }

/** The image of Twinpanel is not on this machine, and could not be pulled. */
export class TwinpanelImageError extends Error {
  override readonly name = 'TwinpanelImageError'
}

/**
 * A container with a server and a database of its own, for the tests of one run: its data go with it. It needs a Docker
 * engine and the image, by default `twinpanel:<version of this package>`.
 */
export class TwinpanelContainer extends GenericContainer {
  #adminToken = randomBytes(32).toString('base64url')

  constructor(image = `twinpanel:${readVersion()}`) {
    super(image)
    this.withExposedPorts(PORT).withWaitStrategy(Wait.forHttp('/_twin/ready', PORT))
  }

  /** The bearer token for /_twin, in place of a random one. At least 20 visible ASCII characters. */
  withAdminToken(token: string): this {
    this.#adminToken = token
    return this
  }

  /** Whether an unknown project token creates a project; `create` by default, `drop` with a database of your own. */
  withUnknownTokens(policy: 'create' | 'drop'): this {
    return this.withEnvironment({ TWINPANEL_UNKNOWN_TOKENS: policy })
  }

  /** A Postgres of your own in place of the embedded one, as a postgres:// URL that the container can reach. */
  withDatabaseUrl(url: string): this {
    return this.withEnvironment({ DATABASE_URL: url })
  }

  /** Starts the container, and waits until it is ready. Throws `TwinpanelImageError` if there is no such image. */
  override async start(): Promise<StartedTwinpanelContainer> {
    this.withEnvironment({ TWINPANEL_ADMIN_TOKEN: this.#adminToken })
    try {
      return new StartedTwinpanelContainer(await super.start(), this.#adminToken)
    } catch (error) {
      const { image } = await getContainerRuntimeClient()
      throw (await image.exists(this.imageName)) ? error : missing(this.imageName.string, error)
    }
  }
}

function missing(image: string, cause: unknown): TwinpanelImageError {
  const advice =
    "No image of Twinpanel is published yet: build it in Twinpanel's repository with " +
    `docker build -t ${image} . (or name another one: new TwinpanelContainer('registry.example/twinpanel'))`
  return new TwinpanelImageError(`There is no image ${image}, and it could not be pulled. ${advice}`, {
    cause,
  })
}

/** A server in a container that has been started. */
export class StartedTwinpanelContainer extends AbstractStartedContainer {
  readonly #adminToken: string

  constructor(container: StartedTestContainer, adminToken: string) {
    super(container)
    this.#adminToken = adminToken
  }

  /** Where tests and SDKs on this machine reach it, without a slash at the end. */
  getUrl(): string {
    return `http://${this.getHost()}:${this.getMappedPort(PORT)}`
  }

  /** The bearer token for /_twin. */
  getAdminToken(): string {
    return this.#adminToken
  }

  /** A client of the server, with the admin token. */
  client(): Client {
    return createClient({ url: this.getUrl(), adminToken: this.#adminToken })
  }

  /** Creates a project; every option has a default. */
  async project(options: NewProjectBody = {}): Promise<ContainerProject> {
    const project = await this.client().projects.create(options)
    return { ...project, url: this.getUrl() }
  }
}

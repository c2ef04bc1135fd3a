/** What `--help` prints. */
export const HELP = `Twinpanel answers like Mixpanel's ingestion API, and explains why a record had no effect.

  twinpanel [serve] [options]          start a server, until Ctrl-C
      --port PORT                      port to listen on: 4100, or 0 for any free port
      --host HOST                      address to listen on: 127.0.0.1
      --data-dir DIR                   directory for the data: ./.twinpanel
      --ephemeral                      keep the data only as long as the server runs
      --database-url URL               your own Postgres in place of the embedded one

  twinpanel exec [options] -- COMMAND  run a command with a server of its own, at TWINPANEL_URL
      --port PORT                      port to listen on; without it any free one
      --data-dir DIR, --database-url URL
                                       keep the data; without them it is removed afterwards
      --intercept                      answer for Mixpanel's hosts, through a proxy that the command is told of;
                                       refuse other hosts, and list what was sent at the end
      --pass-through HOST,…            other hosts that may be reached: example.com, *.example.com, or * for all
      --project TOKEN                  a project that any secret and service account gives access to

  twinpanel explain FILE               what records would do in each identity system; - reads standard input
      --endpoint track|import          the endpoint that they are sent to: track
      --json                           print JSON

  -h, --help; -v, --version

FILE has records as an SDK sends them: a JSON list, or one JSON object a line.
exec ends with the exit code of the command. explain ends with 1 if a record has a problem,
and with 2 if there are no records to read.
serve reads the environment variables of .env.example, too; its options come first. exec does not read them.
`

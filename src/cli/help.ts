/** What `--help` prints without a command. */
export const HELP = `Twinpanel answers like Mixpanel's ingestion API, and explains why a record had no effect.

  twinpanel [serve] [options]            start a server, until Ctrl-C
  twinpanel exec [options] -- COMMAND    run a command with a server of its own, at TWINPANEL_URL
  twinpanel explain FILE                 what records would do in each identity system
  twinpanel send FILE                    send records to a running server: which were refused, and why
  twinpanel export [FILE]                write the events or profiles of a project as JSON lines
  twinpanel doctor [FOLDER]              what would prevent a start, and which SDK settings to change
  twinpanel distribute                   move a database to the workers of its Citus cluster

  twinpanel COMMAND --help               the options of a command
  twinpanel --version

To try it:

  twinpanel --ephemeral                  a server at http://127.0.0.1:4100 that keeps no data
  twinpanel exec -- npm test             your tests, against a server of their own
`

import { giveToken, refusal } from './api/client.ts'
import { followProject } from './live/store.ts'
import { projectToken, refreshProjects } from './state/projects.ts'

/** Shown in place of the page if the server requires its admin token. */
export function AskToken() {
  const submit = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const token = new FormData(event.currentTarget).get('token')
    if (typeof token !== 'string' || token === '') return
    giveToken(token)
    // Repeats the requests that failed without the token.
    void refreshProjects().then(() => followProject(projectToken.peek()))
  }
  return (
    <div class="curtain">
      <form class="card" onSubmit={submit} aria-labelledby="ask-title">
        <h2 id="ask-title">Admin token required</h2>
        <p>
          The value of <code>TWINPANEL_ADMIN_TOKEN</code>. It is kept in this tab until you close it.
        </p>
        {refusal.value !== '' && (
          <p role="alert" class="error">
            {refusal.value}
          </p>
        )}
        <label>
          Admin token
          <input name="token" type="password" autocomplete="current-password" required autofocus />
        </label>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </div>
  )
}

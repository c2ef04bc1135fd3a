import type { Credentials } from '../api/types.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'

interface CredentialsDialogProps {
  readonly name: string
  readonly credentials: Credentials
  readonly onClose: () => void
}

/** The credentials of a project, which the server returns only once. */
export function CredentialsDialog({ name, credentials, onClose }: CredentialsDialogProps) {
  const { secret, service_account } = credentials
  const lines = [
    ['API secret', secret],
    ['Service account', service_account.username],
    ['Service account secret', service_account.secret],
  ] as const
  return (
    <Dialog title={`Credentials of “${name}”`} onClose={onClose}>
      <p>
        For <code>/import</code> and the raw export. They are shown <strong>only once</strong>: the server
        keeps their hashes.
      </p>
      <dl class="secrets">
        {lines.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              <code>{value}</code>
              <CopyButton text={value} of={what} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

import { Advice } from '../ui/marks.tsx'
import { Sentence } from './sentence.tsx'

/** An advice of the catalogue, which may be no more than a placeholder. */
export function TemplateAdvice({ template }: { readonly template: string }) {
  const isOpen = /^\{\w+\}\.?$/.test(template)
  return (
    <Advice>
      {isOpen ? (
        'Depends on the record: each verdict says what to send instead.'
      ) : (
        <Sentence message={template} template={template} />
      )}
    </Advice>
  )
}

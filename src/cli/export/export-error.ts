/** Why an export is not complete, as a sentence. */
export class ExportError extends Error {}

/**
 * The folder of package.json, as a URL that ends with a slash. The built package has all its modules in one folder below
 * it, as this one is below it here, so only this file may find files by its own place.
 */
export const PACKAGE_ROOT = new URL('../', import.meta.url)

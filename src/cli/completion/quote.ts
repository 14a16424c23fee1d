/** For any of the three shells: fish takes `\'` inside quotes too, but this form is understood by all. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

/** `96%`; never 100% for what is not certain. */
export function percent(p: number): string {
  const rounded = Math.round(p * 100)
  return `${String(p < 1 ? Math.min(99, rounded) : 100)}%`
}

/** Waits until that is so, for five seconds at most. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`this never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

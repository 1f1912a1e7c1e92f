/** Returns all items of a list, page by page, up to `most`. */
export async function everyItem<T>(
  page: (after: string | undefined) => Promise<{ items: readonly T[]; next?: string | null }>,
  most = 1_000,
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const answer: { items: readonly T[]; next?: string | null } = await page(after);
    items.push(...answer.items);
    after = answer.next ?? undefined;
  } while (after && items.length < most);
  return items;
}

/** Does the same for each, so many at once, begun in their order. The first that fails ends it. */
export async function inLanes<T>(lanes: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun < all.length) {
      const one = all[begun]!;
      begun += 1;
      await work(one);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    begun = all.length;
  }
}

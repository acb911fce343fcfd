/** Contexts of an I slice in use, where each syntax element's begin, and their initial values (H.265 tables 9-5 to 9-37). */
const elements = {
  partMode: [184],
  prevIntraLumaPred: [184],
  intraChromaPredMode: [63],
  /** By depth: the whole block comes second. */
  cbfLuma: [111, 141],
  cbfChroma: [94, 138, 182, 154],
  lastX: [110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63],
  lastY: [110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63],
  codedSubBlock: [91, 171, 134, 141],
  significant: [
    111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153, 125, 107, 125,
    141, 179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136, 139, 111,
  ],
  greater1: [
    140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140, 227, 122, 197,
  ],
  greater2: [138, 153, 136, 167, 152, 152],
} as const;

type Element = keyof typeof elements;

/** First context of each element. */
export const contexts = {} as Record<Element, number>;
export const intraInit: number[] = [];
for (const [name, values] of Object.entries(elements)) {
  contexts[name as Element] = intraInit.length;
  intraInit.push(...values);
}

/** cu_skip_flag of a P slice, by how many of the neighbours left and above are skipped. */
export const skipInit = [197, 185, 201] as const;

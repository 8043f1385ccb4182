const units = ["B", "kB", "MB", "GB", "TB"];

/** 12345678 → "12.3 MB". */
export const size = (bytes: number): string => {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
};

export const count = (number: number): string => number.toLocaleString("en-US");

/** `1 resource`, `2 resources`. */
export const counted = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;

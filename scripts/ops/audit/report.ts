import { count, counted } from "../../cli/words.ts";
import type { ChainReport } from "./verify.ts";
import type { Fault } from "./walk.ts";

/** What a verification found, for a person. */
export const verificationReport = (chains: readonly ChainReport[]): string => {
  const broken = chains.filter(({ fault }) => fault !== undefined).length;
  const sum =
    broken === 0 ? "All chains are whole." : `${broken} of ${counted(chains.length, "chain")} broken.`;
  return [...chains.map(chainLines), sum].join("\n");
};

const chainLines = ({ organisation, number, hash, entries, unchained, fault }: ChainReport): string =>
  [
    `${fault ? "✗" : "✓"} organisation ${organisation}: ${count(entries)} entries, ${
      fault ? "right up to" : "head"
    } link ${number} ${hash}`,
    ...(fault ? [`    ${faultText(fault)}`] : []),
    ...(unchained > 0 ? [`    ${count(unchained)} entries in no link, from before the chain began`] : []),
  ].join("\n");

const faultText = ({ kind, link, entry, at, what }: Fault): string => {
  const who = entry === undefined ? "" : `, entry ${entry} of ${at}`;
  return `${kind.toUpperCase()} at link ${link}${kind === "missing" ? "" : who}: ${what}${
    kind === "missing" && at ? ` of ${at}` : ""
  }`;
};

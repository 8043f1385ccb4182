import { createServer, type Server } from "node:net";
import { CommandError, codeOf } from "../../cli/errors.ts";

/** Held by a running sandbox on the router's address of its range: two sandboxes never share one. */
const reservationPort = 14560;
const firstRange = 1;
const lastRange = 254;
/** AWS keeps the first four addresses of each subnet and the last one for itself. */
const reservedAddresses = 4;

interface Subnet {
  first: number;
  last: number;
  forPods: boolean;
  forBalancer: boolean;
}

/**
 * The sandbox's VPC: 127.<range>.0.0/16 of this machine's loopback network. The program gets that range as its VPC's, so
 * that everything it derives from it (subnets, the proxies that the API trusts) is true here: pods have addresses of their
 * own in the private subnets, and the load balancer sends from a public one.
 */
export class Loopback {
  readonly range: number;
  readonly #reservation: Server;
  readonly #subnets: Subnet[] = [];
  readonly #used = new Set<number>();

  constructor(range: number, reservation: Server) {
    this.range = range;
    this.#reservation = reservation;
  }

  /** @param range the one asked for; otherwise the first that no other sandbox holds */
  static async reserve(range?: number): Promise<Loopback> {
    const ranges =
      range === undefined ? Array.from({ length: lastRange }, (_, i) => firstRange + i) : [range];
    for (const candidate of ranges) {
      const reservation = await listening(`127.${candidate}.0.1`);
      if (reservation) return new Loopback(candidate, reservation);
    }
    throw new CommandError(
      range === undefined
        ? "every range of loopback addresses is in use by a sandbox"
        : `the addresses 127.${range}.0.0/16 are in use by another sandbox: choose another number for --loopback`,
    );
  }

  /** The VPC's range. */
  get cidr(): string {
    return `127.${this.range}.0.0/16`;
  }

  /** Takes note of a subnet of the stack. */
  addSubnet(cidr: string, use: { forPods: boolean; forBalancer: boolean }): void {
    const [base = "", prefix = "32"] = cidr.split("/");
    const start = numberOf(base);
    const size = 2 ** (32 - Number(prefix));
    this.#subnets.push({ first: start + reservedAddresses, last: start + size - 2, ...use });
  }

  /** A free address for a pod, in the private subnets by turns (that is the zone spread). */
  takePodAddress(): string {
    const places = this.#subnets.filter(({ forPods }) => forPods);
    for (let offset = 0; places.some(({ first, last }) => first + offset <= last); offset += 1) {
      const free = places
        .filter(({ first, last }) => first + offset <= last)
        .map(({ first }) => first + offset)
        .find((address) => !this.#used.has(address));
      if (free === undefined) continue;
      this.#used.add(free);
      return textOf(free);
    }
    throw new CommandError("the stack has no private subnet with a free address for a pod");
  }

  release(address: string): void {
    this.#used.delete(numberOf(address));
  }

  /** Where the load balancer sends from; 127.0.0.1 when the stack has no public subnet. */
  balancerAddress(): string {
    const subnet = this.#subnets.find(({ forBalancer }) => forBalancer);
    return subnet ? textOf(subnet.first) : "127.0.0.1";
  }

  /** Gives the range back. */
  async close(): Promise<void> {
    await new Promise((resolve) => this.#reservation.close(resolve));
  }
}

const numberOf = (address: string): number =>
  address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);

const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

const listening = (address: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      if (codeOf(error) === "EADDRINUSE") resolve(undefined);
      else reject(codeOf(error) === "EADDRNOTAVAIL" ? noSuchAddress(address) : error);
    });
    server.listen(reservationPort, address, () => resolve(server));
  });

/** Linux answers on all of 127.0.0.0/8; macOS only on the addresses that its loopback interface was given. */
const noSuchAddress = (address: string): CommandError => {
  const range = address.split(".").slice(0, 2).join(".");
  return new CommandError(
    `this machine has no address ${address}; each replica needs one of its own. On macOS add them once per boot:\n` +
      `  for net in 0 64 128 192; do for i in $(seq 1 20); do sudo ifconfig lo0 alias ${range}.$net.$i up; done; done`,
  );
};

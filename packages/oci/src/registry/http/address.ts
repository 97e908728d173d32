import { BlockList, isIP } from "node:net";

/** AddressKind is what a host is when it is written as an address; `name` when it is a DNS name. */
export type AddressKind = "name" | "public" | "loopback" | "private" | "link-local" | "unspecified";

type Subnet = readonly [net: string, prefix: number, family: "ipv4" | "ipv6"];

// RFC 6890 and its registry. IPv4-mapped IPv6 addresses are held against the IPv4 rules by BlockList.
const subnets: Readonly<Record<Exclude<AddressKind, "name" | "public">, readonly Subnet[]>> = {
  loopback: [
    ["127.0.0.0", 8, "ipv4"],
    ["::1", 128, "ipv6"],
  ],
  "link-local": [
    ["169.254.0.0", 16, "ipv4"],
    ["fe80::", 10, "ipv6"],
    // The metadata service of AWS on IPv6
    ["fd00:ec2::", 32, "ipv6"],
  ],
  unspecified: [
    ["0.0.0.0", 8, "ipv4"],
    ["224.0.0.0", 3, "ipv4"],
    ["::", 128, "ipv6"],
    ["ff00::", 8, "ipv6"],
    // NAT64: any IPv4 address in disguise
    ["64:ff9b::", 96, "ipv6"],
  ],
  private: [
    ["10.0.0.0", 8, "ipv4"],
    ["172.16.0.0", 12, "ipv4"],
    ["192.168.0.0", 16, "ipv4"],
    ["100.64.0.0", 10, "ipv4"],
    ["fc00::", 7, "ipv6"],
  ],
};

const lists = Object.entries(subnets).map(([kind, entries]) => {
  const list = new BlockList();
  for (const entry of entries) list.addSubnet(...entry);
  // the keys of `subnets` are these kinds
  return { kind: kind as keyof typeof subnets, list };
});

/** addressKindOf judges the hostname of a URL (brackets around IPv6 or not). `localhost` and `*.localhost` are loopback (RFC 6761). */
export function addressKindOf(hostname: string): AddressKind {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const version = isIP(bare);
  if (version === 0) return /^(?:.+\.)?localhost\.?$/.test(bare) ? "loopback" : "name";
  const family = version === 4 ? "ipv4" : "ipv6";
  return lists.find(({ list }) => list.check(bare, family))?.kind ?? "public";
}

/** isLoopback tells whether a hostname is this machine by its very spelling. */
export function isLoopback(hostname: string): boolean {
  return addressKindOf(hostname) === "loopback";
}

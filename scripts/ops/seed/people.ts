/**
 * Names that people could have, put together at random, so that they are nobody's. Among them those that programs get wrong: accents,
 * apostrophes, hyphens, three words, and scripts without spaces or capitals.
 */
const given = spelled(
  `Aaliyah Adam Aiko Alejandro Amara Amélie Anders Anna Anna-Maria Antonio Astrid Beatriz Ben Björn Carla Carlos Chiara Chloé
  Clara Daniel David Diego Elena Eleni Elif Emil Emma Erik Eva Fatima Felix Finn Freya Gabriel Giulia Grace Hana Hannah Hugo Ida
  Ingrid Isabel Ivan Jakub Jan Jean-Luc João Johanna Jonas José Julia Karim Kateryna Kofi Lars Laura Layla Lea Leo Lena Linh Lucas
  Lucía Luis Maja Malik Marco Margarethe Maria Marie Markus Martin Mateo Matilda Max Maya Mehmet Mia Milan Mohammed Nadia Nils Noah
  Nora Oliver Olivia Omar Oscar Paula Pedro Priya Rahul Renée Rosa Samir Sara Siobhán Sofia Søren Stefan Thi Thomas Tomás Valentina
  Viktor Yara Yusuf Zoë Zofia`,
);
const family = spelled(
  `Abbott Adebayo Aguilar Ahlström Almeida Andersen Bachmann Baptiste Barbosa Becker Berg Bianchi Brandt Brennan Campbell Castillo
  Černý Chaudhry Conti Cooper D'Angelo Dahl Delgado Dimitrov Dubois Eklund Esposito Farah Ferrari Fischer Fitzgerald Fontaine Fuchs
  García Gomes Greco Haas Hansen Hartmann Hassan Hoffmann Horvat Ito Ivanova Jansen Jensen Johansson Kaya Keller Khan Kim Kowalski
  Krüger Laurent Lindqvist López MacDonald Marino Marques Mbeki McCarthy Meier Mendoza Moreau Müller Nakamura Ngata Nguyen Novák
  O'Brien O'Neil Okafor Olsen Ortiz Papadopoulos Patel Pereira Petrov Quinn Ramirez Richter Rossi Roux Sánchez Schäfer Schmidt
  Schneider Silva Singh Smith Sørensen Suzuki Tanaka Thompson Vargas Virtanen Wagner Walsh Weber Yılmaz Young Zhang Zimmermann`,
);
const unspaced = ["张伟", "王芳", "佐藤健", "鈴木花子", "김민준", "이서연"];

/** Who books. */
export interface Person {
  name: string;
  email: string;
  phone: string;
}

/** The entry of this number, counted on from the start again after the last. */
export function at<T>(all: readonly T[], number: number): T {
  const one = all[number % all.length];
  if (one === undefined) throw new RangeError("there is nothing to take");
  return one;
}

/**
 * A person made of random bytes. The address is of a domain that nobody can have (RFC 2606), the number of one of the ranges for
 * fiction: 555-0100 to 555-0199 of a North American area code, or Ofcom's for drama.
 * @param number of the client: it keeps addresses apart
 */
export function makePerson(number: number, random: Buffer): Person {
  const [first, last] = [at(given, random.readUInt16BE(0)), at(family, random.readUInt16BE(2))];
  const kind = random.readUInt8(4);
  const second = kind < 20 ? ` ${at(family, random.readUInt16BE(5)).name}` : "";
  const name = kind >= 250 ? at(unspaced, random.readUInt16BE(5)) : `${first.name} ${last.name}${second}`;
  const domain = at(["example.com", "example.org", "example.net"], random.readUInt8(7));
  const line = random.readUInt32BE(8);
  const areaCode = `${2 + (line % 8)}${(line >>> 8) % 10}${(line >>> 16) % 10}`;
  const phone =
    random.readUInt8(12) < 200
      ? `+1${areaCode}55501${String(random.readUInt8(13) % 100).padStart(2, "0")}`
      : `+447700900${String(line % 1_000).padStart(3, "0")}`;
  return { name, email: `${first.plain}.${last.plain}.${number}@${domain}`, phone };
}

/** Names, and how an address spells them. */
function spelled(names: string): { name: string; plain: string }[] {
  return names.split(/\s+/).map((name) => {
    const letters = name.normalize("NFKD").replaceAll("ø", "o").replaceAll("ı", "i");
    return { name, plain: letters.replaceAll(/[^A-Za-z]/g, "").toLowerCase() };
  });
}

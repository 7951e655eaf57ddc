//! Random sentences: as long, as varied and as hard to encode as what people
//! write to each other, with quotes, new lines, and letters that are not ASCII.

use std::sync::LazyLock;

/// How sentences begin.
const OPENINGS: &[&str] = &[
    "I",
    "You",
    "We",
    "They",
    "Zoë",
    "Later I",
    "Perhaps you",
    "Nobody here",
    "Then 美咲",
    "In Zürich they",
    "\"Listen,\" she said, \"we",
    "\"No,\" he said. \"You",
];

/// What sentences are made of.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "ever never always almost already still only quietly slowly again there here above below the a \
     one every some that this another my your our no little old green broken quiet early late small \
     warm cold strange long last first same other paper wooden salt blue river harbour kitchen \
     garden letter window ladder lantern market bridge station morning evening winter summer \
     weather coffee café bread apple jamón naïve déjà-vu fjord smørrebrød crème 東京 привет music \
     song guitar story book page word question answer reason plan mistake secret promise map key \
     door roof stairs train boat bicycle ticket road island mountain forest field stone sand snow \
     rain wind light shadow mirror clock hour minute week year friend sister brother neighbour \
     doctor teacher sailor child dog cat horse bird owl remember forget found lost kept gave took \
     told asked heard saw made wanted needed tried began stopped opened closed carried painted \
     mended borrowed wrote read sang slept waited walked ran swam laughed and but or because when \
     while until before after with without from into over under near behind"
        .split_whitespace()
        .collect()
});

/// How sentences end.
const ENDINGS: &[&str] = &[
    ". ",
    ". ",
    ". ",
    ".\n",
    ".\n\n",
    "! ",
    "? ",
    "… ",
    " 🙂 ",
    ", didn't it? ",
    ", or so it seemed. ",
];

/// Pseudo-random numbers (`SplitMix64`).
pub struct Rng(pub u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number from 0 up to, but not including, `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).expect("it is below a u32")
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let bound = u32::try_from(choices.len()).expect("the choices are few");
        choices[self.below(bound) as usize]
    }

    /// Sentences of at least this many bytes in all.
    pub fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 128);
        while text.len() < length {
            text.push_str(self.one_of(OPENINGS));
            for _ in 0..3 + self.below(9) {
                text.push(' ');
                text.push_str(self.one_of(&WORDS));
            }
            text.push_str(self.one_of(ENDINGS));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

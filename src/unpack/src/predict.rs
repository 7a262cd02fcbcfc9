//! How likely a decision is: what followed in several contexts, weighed by how well each has told so far.
//!
//! Logistic mixing, as in Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (2005).

use crate::decide::Decider;

/// Hashed, without a check: 4 MB: twice as much would save a hundredth, and miss the processor's caches more often.
const SLOTS: usize = 1 << 21;
/// The most contexts that a stream may have.
const WIDTH: usize = 16;
/// Sets of weights: one for each of the first nodes of a number, and one for each value of what selects.
const SETS: usize = 512 * WIDTH;
const STEPS: usize = 4096;

/// Fields in the order of their size: an offset of a few bytes is a shorter instruction.
#[repr(C)]
pub struct Predictor {
    /// What contexts are made of, by letter.
    pub seen: [u32; 128],
    contexts: usize,
    stream: usize,
    selected: usize,
    decider: Decider,
    bases: [u32; WIDTH],
    inputs: [f32; WIDTH],
    /// ln(p / (1 - p)) of p = index / STEPS.
    stretch: [f32; STEPS],
    weights: [f32; 16 * SETS],
    /// A chance of 12 bits, of which the highest is upside down, so that nothing seen (0) means one half; then how
    /// often it was seen, up to 15.
    slots: [u16; SLOTS],
}

/// How far a chance moves, in 65536ths of the way, by how often it was seen.
const RATES: [i32; 16] = {
    let mut rates = [0; 16];
    let mut times = 0;
    while times < 16 {
        rates[times] = (65536. / (times as f64 + 1.35)) as i32;
        times += 1;
    }
    rates
};

pub fn hash(a: u32, b: u32) -> u32 {
    let x = (a ^ b).wrapping_mul(0x2c1b_3c6d);
    let y = (x ^ (x >> 15)).wrapping_mul(0x297a_2d39);
    y ^ (y >> 15)
}

impl Predictor {
    pub const NEW: Self = Self {
        seen: [0; 128],
        contexts: 0,
        stream: 0,
        selected: 0,
        decider: Decider::NEW,
        bases: [0; WIDTH],
        inputs: [0.; WIDTH],
        stretch: [0.; STEPS],
        weights: [0.; 16 * SETS],
        slots: [0; SLOTS],
    };

    /// Sums up the slope of ln(p / (1 - p)), 1 / (p (1 - p)), from the middle outwards.
    pub fn begin(&mut self) {
        let mut sum = 0.;
        for step in STEPS / 2..STEPS {
            self.stretch[step] = sum;
            self.stretch[STEPS - step] = -sum;
            let p = step as f32 / STEPS as f32;
            sum += 1. / STEPS as f32 / (p * (1. - p));
        }
    }

    /// A number of a stream. `row`: the letter that selects weights, then the contexts' letters, each with a space after it.
    ///
    /// As Elias's gamma code: how many digits follow its first, in unary, then those digits.
    pub fn number(&mut self, stream: usize, row: &[u8]) -> u32 {
        let [selecting, letters @ ..] = row else { return 0 };
        self.stream = stream % 16 * SETS;
        self.selected = self.stream + (256 + self.seen(*selecting) as usize % 256) * WIDTH;
        self.contexts = 0;
        let mut base = stream as u32;
        for &letter in letters {
            if letter == b' ' {
                self.bases[self.contexts % WIDTH] = base;
                self.contexts += 1;
                base = (stream + self.contexts * 16) as u32;
            } else {
                base = hash(base, self.seen(letter));
            }
        }
        let (mut path, mut digits, mut number) = (1_u32, 0, 1_u32);
        while self.decision(path) > 0 {
            path = path * 2 + 1;
            digits += 1;
        }
        path *= 2;
        while digits > 0 {
            let digit = self.decision(path);
            path = path.wrapping_mul(2) + digit;
            number = number.wrapping_mul(2) + digit;
            digits -= 1;
        }
        number.wrapping_sub(1)
    }

    fn seen(&self, letter: u8) -> u32 {
        self.seen[letter as usize % 128]
    }

    /// The decision that the path so far leads to; learns from it.
    #[inline(never)]
    fn decision(&mut self, path: u32) -> u32 {
        let by_path = self.stream + path as usize % 256 * WIDTH;
        let selected = self.selected;
        let contexts = self.contexts.min(WIDTH);
        let slot = |base: u32| base.wrapping_add(path) as usize % SLOTS;
        let mut sum = 0.;
        for context in 0..contexts {
            let chance = self.slots[slot(self.bases[context])] >> 4 ^ 1 << 11;
            let input = self.stretch[chance as usize % STEPS];
            self.inputs[context] = input;
            sum += input * (self.weights[by_path + context] + self.weights[selected + context] + 0.65);
        }
        // e^(-sum / 2), to a few hundredths: a float's bits are nearly its logarithm (Schraudolph, 1999).
        let power = f32::from_bits(((126.94 - sum * 0.721_347_5) * 8_388_608.) as u32);
        let chance = 1. / (1. + power);
        let made = self.decider.decide(chance);
        let error = (made as f32 - chance) * 0.015;
        for context in 0..contexts {
            let step = error * self.inputs[context];
            self.weights[by_path + context] += step;
            self.weights[selected + context] += step;
            let slot = &mut self.slots[slot(self.bases[context])];
            let times = *slot % 16;
            let chance = (*slot >> 4 ^ 1 << 11) as i32;
            let way = (made as i32 * 4095 - chance) * RATES[times as usize % 16];
            let moved = chance + ((way + (1 << 15)) >> 16);
            *slot = (moved as u16 ^ 1 << 11) << 4 | (times + 1).min(15);
        }
        made
    }
}

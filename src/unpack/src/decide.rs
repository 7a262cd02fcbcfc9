//! Where decisions come from: digits of 6 bits, or, in the build, whoever knows them.

/// Arithmetic decoding: the digits are one number between 0 and 1, and each decision divides what is left of that range
/// by how likely it is. Of all digits, eight are looked at.
pub struct Decider {
    #[cfg(not(feature = "known"))]
    range: [u64; 3],
}

#[link(wasm_import_module = "a")]
unsafe extern "C" {
    /// The next digit.
    #[cfg(not(feature = "known"))]
    #[link_name = "a"]
    safe fn digit() -> u32;

    /// The next decision (0 or 1), which is 1 with a chance of so many 65536ths.
    #[cfg(feature = "known")]
    #[link_name = "a"]
    safe fn known(chance: u32) -> u32;
}

impl Decider {
    pub const NEW: Self = Self {
        #[cfg(not(feature = "known"))]
        range: [0; 3],
    };

    /// The next decision, which is 1 with this chance; never quite sure, so that there is room for either.
    pub fn decide(&mut self, chance: f32) -> u32 {
        let chance = ((chance * 65536.) as u32).clamp(1, 65535);
        #[cfg(feature = "known")]
        return known(chance);
        #[cfg(not(feature = "known"))]
        {
            let [mut low, mut high, mut code] = self.range;
            // Also the first time, when all is 0: it ends after eight digits.
            while (low ^ high) >> 42 == 0 {
                let next = |number: u64, digit: u32| (number << 6 | digit as u64) & ((1 << 48) - 1);
                low = next(low, 0);
                high = next(high, 63);
                code = next(code, digit());
            }
            let middle = low + ((high - low) >> 16) * chance as u64;
            let made = code <= middle;
            self.range = if made { [low, middle, code] } else { [middle + 1, high, code] };
            made as u32
        }
    }
}

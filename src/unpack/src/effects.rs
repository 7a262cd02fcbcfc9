//! What each instruction has for an operand, and does to the stack, in as few bytes as will do for guessing.

/// Which numbers are alike: each stream learns apart.
pub const CODES: usize = 0;
pub const MISC: usize = 1;
pub const GET: usize = 2;
pub const SET: usize = 3;
pub const LOAD: usize = 4;
const STORE: usize = 5;
pub const BRANCH: usize = 6;
pub const CALL: usize = 7;
pub const SIGNED: usize = 8;
pub const RAW: usize = 9;
pub const BYTES: usize = 10;
/// No operand, or one that [`Walk`](crate::walk::Walk) knows of.
pub const NONE: usize = CODES;

pub const I32: u32 = 0x7f;
const I64: u32 = 0x7e;
const F64: u32 = 0x7c;
/// Of the same kind as what was on top, or below that.
pub const LIKE_FIRST: u32 = 1;
pub const LIKE_SECOND: u32 = 2;

const fn row(last: u8, stream: usize, pops: usize, push: u32) -> [u8; 3] {
    [last, (stream * 4 + pops) as u8, push as u8]
}

/// By opcode, from the one after the row before it to this one: the operand's stream and how much it takes off the
/// stack (`stream * 4 + pops`), and the kind of what it puts there (0: nothing).
pub const EFFECTS: [[u8; 3]; 40] = [
    row(0x01, NONE, 0, 0),
    row(0x03, MISC, 0, 0),
    row(0x04, MISC, 1, 0),
    row(0x0b, NONE, 0, 0),
    row(0x0c, BRANCH, 0, 0),
    row(0x0d, BRANCH, 1, 0),
    row(0x0e, NONE, 1, 0),
    row(0x0f, NONE, 0, 0),
    row(0x11, CALL, 0, 0),
    row(0x1a, NONE, 1, 0),
    row(0x1b, NONE, 3, LIKE_SECOND),
    row(0x20, GET, 0, 0),
    row(0x21, SET, 1, 0),
    row(0x22, SET, 1, LIKE_FIRST),
    row(0x23, MISC, 0, I32),
    row(0x24, MISC, 1, 0),
    row(0x28, LOAD, 1, I32),
    row(0x2a, LOAD, 1, I64),
    row(0x2b, LOAD, 1, F64),
    row(0x2f, LOAD, 1, I32),
    row(0x35, LOAD, 1, I64),
    row(0x3e, STORE, 2, 0),
    row(0x3f, MISC, 0, I32),
    row(0x40, MISC, 1, I32),
    row(0x41, SIGNED, 0, I32),
    row(0x42, RAW, 0, I64),
    row(0x44, RAW, 0, F64),
    row(0x45, NONE, 1, I32),
    row(0x4f, NONE, 2, I32),
    row(0x50, NONE, 1, I32),
    row(0x66, NONE, 2, I32),
    row(0x69, NONE, 1, LIKE_FIRST),
    row(0x78, NONE, 2, LIKE_FIRST),
    row(0x7b, NONE, 1, LIKE_FIRST),
    row(0x98, NONE, 2, LIKE_FIRST),
    row(0x9f, NONE, 1, LIKE_FIRST),
    row(0xa6, NONE, 2, LIKE_FIRST),
    row(0xab, NONE, 1, I32),
    row(0xb1, NONE, 1, I64),
    row(0xff, NONE, 1, F64),
];

/// What is looked at, by letter: see [`CONTEXTS`].
pub mod sight {
    pub const OP: usize = b'a' as usize;
    /// b…g: the instructions before, the last first.
    pub const PAST: usize = b'b' as usize;
    /// h…j: the same with their operands.
    pub const HASHES: usize = b'h' as usize;
    pub const FUNCTION: usize = b'k' as usize;
    /// How much lies on the stack since the block began.
    pub const HEIGHT: usize = b'l' as usize;
    /// m…o, p…r, s…u: of the three values on top: their kinds, what made them, and from what.
    pub const KINDS: usize = b'm' as usize;
    pub const MAKERS: usize = b'p' as usize;
    pub const MADE: usize = b's' as usize;
    pub const BLOCK: usize = b'v' as usize;
    /// What left the stack empty last.
    pub const STATEMENT: usize = b'w' as usize;
    pub const DEPTH: usize = b'x' as usize;
    /// @, A: which byte of a constant, or which instruction.
    pub const PLACE: usize = b'@' as usize;
    /// R, S: the variables used last. T, U: the bytes before.
    pub const VARIABLES: usize = b'R' as usize;
    pub const BEFORE: usize = b'T' as usize;
    /// The operands of a stream last: D, E; F, G; … from stream 2 on.
    pub const fn operands(stream: usize) -> usize {
        64 + 2 * stream
    }
}

/// By stream: what selects weights, then the contexts, found by leaving out and putting in until nothing got smaller.
/// `Z` is always 0.
pub const CONTEXTS: [&[u8]; 11] = [
    b"bbcd mnl h bcdef vlw lhi ", b"aab ah a alv ", b"bkm bS Dbcd F Nl ", b"akm Dbca F ja m ", b"aapm kR Ha spa ",
    b"aqa aJ tk ja ", b"aLa vxa vba Lba ", b"alma lbcdea k lapqr ", b"bpm k bcd hp Z ", b"@@a ah@ aT@ aTU@ ",
    b"ZZ b bc bcd bcde c ",
];

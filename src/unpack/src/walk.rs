//! The module, from its first byte to its last: what comes next, and what is known of it by then.

use crate::effects::*;
use crate::predict::{Predictor, hash};

/// Room for the module, which is well below this; every table here is indexed modulo its size.
const ROOM: usize = 1 << 18;

/// A value on the stack.
#[derive(Clone, Copy)]
struct Value {
    kind: u32,
    maker: u32,
    made: u32,
}

#[derive(Clone, Copy)]
struct Block {
    op: u32,
    /// How high the stack was around it.
    around: usize,
    result: u32,
}

const NOTHING: Value = Value { kind: 0, maker: 0, made: 0 };

/// See [`Predictor`] for the order of the fields.
#[repr(C)]
pub struct Walk {
    end: usize,
    /// How much is on the stack, how much of it was there before the block, and how many blocks are open.
    height: usize,
    around: usize,
    depth: usize,
    /// Where in `out` a type is.
    types: [usize; 256],
    /// The opcodes, from 1, the most frequent first.
    opcodes: [u32; 256],
    stack: [Value; 256],
    blocks: [Block; 256],
    /// Where in `out` a function's type is.
    functions: [usize; 1024],
    /// The kinds of a function's variables.
    variables: [u32; 4096],
    pub out: [u8; ROOM],
    predictor: Predictor,
}

impl Walk {
    pub const NEW: Self = Self {
        end: 0,
        height: 0,
        around: 0,
        depth: 0,
        types: [0; 256],
        opcodes: [0; 256],
        stack: [NOTHING; 256],
        blocks: [Block { op: 0, around: 0, result: 0 }; 256],
        functions: [0; 1024],
        variables: [0; 4096],
        out: [0; ROOM],
        predictor: Predictor::NEW,
    };

    /// Everything: what is before the code, the opcodes in use, the code, and what is after it.
    pub fn module(&mut self) {
        self.predictor.begin();
        self.bytes();
        let functions = self.signatures();
        let mut left = self.number(MISC);
        while left > 0 {
            self.opcodes[left as usize % 256] = self.number(MISC);
            left -= 1;
        }
        self.put(10);
        let section = self.sized();
        let bodies = self.operand(MISC) as usize;
        for body in 0..bodies {
            let start = self.sized();
            self.body(self.functions[(functions - bodies + body) % 1024], body as u32);
            self.size(start);
        }
        self.size(section);
        self.bytes();
    }

    /// Finds the types, and which type each function has; how many functions there are.
    fn signatures(&mut self) -> usize {
        let (mut at, mut types, mut functions) = (8, 0, 0);
        while at < self.end {
            let id = self.read(&mut at);
            let size = self.read(&mut at);
            let next = at + size;
            // Types, imports (functions only), functions.
            let mut left = if id < 4 { self.read(&mut at) } else { 0 };
            while left > 0 {
                left -= 1;
                if id == 2 {
                    self.step_over(&mut at);
                    self.step_over(&mut at);
                }
                if id < 3 {
                    at += 1;
                }
                if id == 1 {
                    self.types[types % 256] = at;
                    types += 1;
                    self.step_over(&mut at);
                    self.step_over(&mut at);
                } else {
                    self.functions[functions % 1024] = self.types[self.read(&mut at) % 256];
                    functions += 1;
                }
            }
            at = next;
        }
        functions
    }

    fn body(&mut self, signature: usize, function: u32) {
        self.predictor.seen = [0; 128];
        self.see(sight::FUNCTION, function);
        let (mut variables, _) = self.signature(signature);
        for parameter in 0..variables {
            self.variables[parameter % 4096] = self.at(signature + 1 + parameter) as u32;
        }
        let mut groups = self.operand(MISC);
        while groups > 0 {
            groups -= 1;
            let mut left = self.operand(MISC);
            let kind = self.byte(MISC);
            while left > 0 {
                left -= 1;
                self.variables[variables % 4096] = kind;
                variables += 1;
            }
        }
        (self.height, self.around, self.depth) = (0, 0, 0);
        while self.instruction() {}
    }

    /// False after the one that ends the function.
    #[inline(always)]
    fn instruction(&mut self) -> bool {
        self.look();
        let op = self.opcodes[self.number(CODES) as usize % 256];
        self.see(sight::OP, op);
        self.put(op);
        let [_, effect, push] = EFFECTS[EFFECTS.iter().position(|row| row[0] as u32 >= op).unwrap_or(0)];
        let (value, pops, push) = self.operands(op, effect as usize / 4, effect as usize % 4, push as u32);
        let more = self.arrange(op, value, pops, push);
        if self.height == self.around {
            self.see(sight::STATEMENT, op);
        }
        more
    }

    /// What is on the stack, and in what.
    #[inline(always)]
    fn look(&mut self) {
        self.see(sight::HEIGHT, (self.height - self.around).min(8) as u32);
        for below in 0..3 {
            let value = if self.height > below { self.stack[(self.height - below - 1) % 256] } else { NOTHING };
            self.see(sight::KINDS + below, value.kind);
            self.see(sight::MAKERS + below, value.maker);
            self.see(sight::MADE + below, value.made);
        }
        self.see(sight::DEPTH, self.depth as u32);
        self.see(sight::BLOCK, if self.depth > 0 { self.blocks[(self.depth - 1) % 256].op } else { 0 });
    }

    /// What follows an opcode; then its value, and what it takes and puts, which may depend on that.
    #[inline(always)]
    fn operands(&mut self, op: u32, stream: usize, mut pops: usize, mut push: u32) -> (u32, usize, u32) {
        let mut value = 0;
        match (stream, op) {
            (MISC, _) => value = self.byte(MISC),
            (RAW, _) => {
                // A number of 64 bits as it is written, or eight bytes.
                let mut place = op;
                loop {
                    self.see(sight::PLACE, place);
                    place += 1;
                    let byte = self.byte(RAW);
                    self.see_next(sight::BEFORE, 1, byte);
                    value = hash(value, byte);
                    if if op == 0x42 { byte < 128 } else { place == 0x4c } {
                        break;
                    }
                }
            }
            (NONE, 0x0e) => {
                let mut left = self.operand(BRANCH) + 1;
                while left > 0 {
                    self.operand(BRANCH);
                    left -= 1;
                }
            }
            (NONE, 0xfc) => {
                // A conversion (0 … 7), or memory.copy (10) or memory.fill (11) with a zero for each memory.
                value = self.byte(MISC);
                push = I32;
                if value > 7 {
                    (pops, push) = (3, 0);
                    self.byte(MISC);
                }
                if value == 10 {
                    self.byte(MISC);
                }
            }
            (NONE, _) => {}
            _ => {
                if stream & 6 == LOAD {
                    // How a load or a store is aligned is but a hint.
                    self.put(0);
                }
                value = self.operand(stream);
                if stream & 6 == GET {
                    self.see_next(sight::VARIABLES, 1, value);
                }
                if stream == GET {
                    push = self.variables[value as usize % 4096];
                }
                if stream == CALL {
                    let mut signature = self.functions[value as usize % 1024];
                    if op == 0x11 {
                        self.operand(MISC);
                        signature = self.types[value as usize % 256];
                    }
                    (pops, push) = self.signature(signature);
                    pops += op as usize % 2;
                }
            }
        }
        if push == LIKE_FIRST || push == LIKE_SECOND {
            push = self.predictor.seen[(sight::KINDS + push as usize - 1) % 128];
        }
        (value, pops, push)
    }

    /// Moves the stack and the blocks on; false at the end of the function.
    #[inline(always)]
    fn arrange(&mut self, op: u32, value: u32, pops: usize, mut push: u32) -> bool {
        let made = hash(hash(7, op), value);
        self.see_next(sight::PAST, 5, op);
        self.see_next(sight::HASHES, 2, made);
        self.height = self.height.saturating_sub(pops);
        match op {
            2..=4 => {
                self.blocks[self.depth % 256] = Block { op, around: self.around, result: value };
                self.depth += 1;
                self.around = self.height;
            }
            5 => self.height = self.around,
            0x0b => {
                if self.depth == 0 {
                    return false;
                }
                self.depth -= 1;
                let block = self.blocks[self.depth % 256];
                self.height = self.around;
                self.around = block.around;
                if block.result != 0x40 {
                    push = block.result;
                }
            }
            _ => {}
        }
        if push > 0 {
            self.stack[self.height % 256] = Value { kind: push, maker: op, made };
            self.height += 1;
        }
        true
    }

    /// A number of bytes, and those.
    fn bytes(&mut self) {
        let mut left = self.number(MISC);
        while left > 0 {
            let byte = self.byte(BYTES);
            self.see_next(sight::PAST, 5, byte);
            left -= 1;
        }
    }

    #[inline(never)]
    fn number(&mut self, stream: usize) -> u32 {
        self.predictor.number(stream, CONTEXTS[stream % 11])
    }

    #[inline(never)]
    fn byte(&mut self, stream: usize) -> u32 {
        let byte = self.number(stream);
        self.put(byte);
        byte
    }

    /// A number in LEB128, remembered among the operands of its stream.
    #[inline(never)]
    fn operand(&mut self, stream: usize) -> u32 {
        let number = self.number(stream);
        self.see_next(sight::operands(stream), 1, number);
        if stream == SIGNED {
            // As 0, -1, 1, -2, …
            let mut left = (number >> 1) as i32 ^ -((number & 1) as i32);
            while !(-64..64).contains(&left) {
                self.put(left as u32 | 128);
                left >>= 7;
            }
            self.put(left as u32 & 127);
        } else {
            let mut left = number;
            while left > 127 {
                self.put(left | 128);
                left >>= 7;
            }
            self.put(left);
        }
        number
    }

    #[inline(never)]
    fn put(&mut self, byte: u32) {
        self.out[self.end % ROOM] = byte as u8;
        self.end += 1;
    }

    /// Leaves room for a size, which [`size`](Self::size) fills in; where what has that size begins.
    #[inline(never)]
    fn sized(&mut self) -> usize {
        self.end += 5;
        self.end
    }

    /// In five bytes, however small.
    #[inline(never)]
    fn size(&mut self, start: usize) {
        let mut size = self.end - start;
        for at in start - 5..start {
            self.out[at % ROOM] = size as u8 | 128;
            size >>= 7;
        }
        self.out[(start - 1) % ROOM] &= 127;
    }

    fn at(&self, place: usize) -> u8 {
        self.out[place % ROOM]
    }

    #[inline(never)]
    fn read(&self, at: &mut usize) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.at(*at) as usize;
            *at += 1;
            number |= (byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return number;
            }
        }
    }

    #[inline(never)]
    fn step_over(&self, at: &mut usize) {
        let size = self.read(at);
        *at += size;
    }

    /// How many values a type takes, and the kind of what it gives (0: nothing).
    #[inline(never)]
    fn signature(&self, at: usize) -> (usize, u32) {
        let takes = self.at(at) as usize;
        let gives = self.at(at + takes + 1);
        (takes, if gives > 0 { self.at(at + takes + 2) as u32 } else { 0 })
    }

    #[inline(never)]
    fn see(&mut self, letter: usize, what: u32) {
        self.predictor.seen[letter % 128] = what;
    }

    /// Puts it before the `keep` that were seen there last.
    #[inline(never)]
    fn see_next(&mut self, letter: usize, keep: usize, what: u32) {
        for later in (letter..letter + keep).rev() {
            self.see(later + 1, self.predictor.seen[later % 128]);
        }
        self.see(letter, what);
    }
}

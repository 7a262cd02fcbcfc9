//! What is left of a failing list of events when whatever can be left out has been.

/// Leaves out ever shorter runs of `ops` for as long as what is left still fails.
pub fn smallest<Op: Clone>(mut ops: Vec<Op>, fails: impl Fn(&[Op]) -> bool) -> Vec<Op> {
    let mut size = ops.len();
    while size > 0 {
        let mut at = 0;
        while at < ops.len() {
            let mut less = ops.clone();
            less.drain(at..(at + size).min(less.len()));
            if fails(&less) {
                ops = less;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    ops
}

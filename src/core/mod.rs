//! Every decision, as pure functions of data and time.

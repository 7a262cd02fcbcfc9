//! The figures: twenty tabs over three lifetimes.

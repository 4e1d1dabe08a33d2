package store

// Locks is locks, for tests that hold one.
var Locks = locks

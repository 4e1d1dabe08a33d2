// Package migrations embeds the schema: SQL files, forward only, one
// transaction each.
package migrations

import "embed"

// FS holds the migrations, in the order of their names.
//
//go:embed *.sql
var FS embed.FS

-- +goose Up
-- Somebody's sessions are listed for them, and ended together.

CREATE INDEX sessions_person ON sessions (issuer, subject);

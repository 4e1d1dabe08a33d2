-- +goose Up
-- When a source said what is kept of a relationship: what it said before that,
-- and sends again late, changes nothing.

ALTER TABLE relationships ADD COLUMN told_at timestamptz NOT NULL DEFAULT '-infinity';

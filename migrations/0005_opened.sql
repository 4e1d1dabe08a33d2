-- +goose Up
-- When a ref was last followed, for "recently opened by me". Those that were
-- only made for a list were not.
ALTER TABLE refs ADD COLUMN opened timestamptz;
CREATE INDEX refs_opened ON refs (issuer, subject, opened DESC) WHERE opened IS NOT NULL;

-- +goose Up
-- How far witnesses have cosigned is asked for with every event that an
-- officer opens.
CREATE INDEX cosignature_size ON audit.cosignature (size);

SELECT
  COALESCE(c.unit_id, i.unit_id) AS unit_id, 'license_case' AS subject_type, c.case_id AS subject_id, c.fee AS metric,
  i.name AS item_name, c.item_code, c.receive_time, c.decide_time, i.fee_free_since
FROM license_case AS c
JOIN license_item AS i ON i.item_code = c.item_code
WHERE i.fee_allowed = FALSE
  AND c.fee > 0
  AND CASE WHEN i.fee_free_since IS NULL THEN param('free_by_law', CAST(c.receive_time AS DATE)) = 1
    ELSE CAST(c.receive_time AS DATE) >= i.fee_free_since END

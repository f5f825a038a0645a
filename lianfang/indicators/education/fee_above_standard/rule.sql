SELECT
  f.unit_id,
  'fee_item' AS subject_type,
  f.unit_id || '/' || f.item AS subject_id,
  CAST(year_of(f.fee_date) AS VARCHAR) AS period,
  sum(f.amount - COALESCE(f.approved_std, 0)) AS metric,
  count(*) AS fees,
  sum(CASE WHEN f.approved_std IS NULL THEN 1 ELSE 0 END) AS fees_off_list,
  max(f.amount) AS highest_fee,
  max(f.approved_std) AS approved_std,
  min(f.fee_date) AS first_fee,
  max(f.fee_date) AS last_fee
FROM school_fee AS f
WHERE f.unit_id IS NOT NULL AND f.item IS NOT NULL AND f.fee_date IS NOT NULL AND f.amount > 0
  AND (f.amount > f.approved_std OR absent(f.approved_std) AND NOT param_has('voluntary_items', f.item))
GROUP BY f.unit_id, f.item, year_of(f.fee_date)

-- zh: 中标价与次低有效报价之差:一行一个只有一个中标人、授标均有定论、最低价中标的标段
-- en: by how much the second lowest valid price exceeds the winning one, where one bidder won with the lowest price and all awards are settled
-- needs: bid.price
-- needs: award.status | tender.winner_id
SELECT r.tender_id, r.unit_id, r.supplier_id, c.winning_price, c.second_price,
  ratio_double(CAST(c.second_price AS DOUBLE) - CAST(c.winning_price AS DOUBLE), c.winning_price) AS difference
FROM tender_result AS r
JOIN tender_competition AS c ON c.tender_id = r.tender_id
WHERE r.active_awards = 1 AND r.open_awards = 0 AND c.second_price >= c.winning_price AND c.winning_price > 0

#pragma once

#include <string>

namespace bench {

/// Whether the time that a refusal takes tells what is there: for each pair of requests, Welch's t between the times of the one
/// and the other, asked in random order, over all times and over the quicker ones (after dudect: Reparaz, Balasch, Verbauwhede,
/// 2017). Beyond 4.5 they differ. A comparison that ends at the first difference shows that the measuring works: without one
/// beyond 10 this ends the process with 1. The database is made in `folder`.
void measure_timing(const std::string& folder, bool is_quick);

}  // namespace bench

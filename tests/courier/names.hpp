#pragma once

/// Names that only this program knows, since it stands in for the system's look-up: `here.test` is 127.0.0.1, `both.test`
/// is 8.8.8.8 and 127.0.0.1, `slow.test` is 127.0.0.1 and takes as long as some `SlowNames` lives.
namespace innkeeper::tests {

/// How often a name of these was looked up.
int count_look_ups();

class SlowNames {
 public:
  SlowNames();
  SlowNames(const SlowNames&) = delete;
  SlowNames& operator=(const SlowNames&) = delete;
  ~SlowNames();
};

}  // namespace innkeeper::tests

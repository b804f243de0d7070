#pragma once

#include <innkeeper/model.hpp>

#include <string>

/// What the sealed columns of rows are bound to, so that each opens in its own row only.
namespace innkeeper::changes {

inline std::string binding_of(const App& row) { return "app.recording_credential:" + row.uid; }
inline std::string binding_of(const Key& row) { return "key:" + row.uid; }
inline std::string binding_of(const StreamKey& row) { return "stream_key:" + row.uid; }
inline std::string binding_of(const Webhook& row) { return "webhook:" + row.uid; }

}  // namespace innkeeper::changes

#define BOOST_TEST_MODULE courier
#include <boost/test/unit_test.hpp>

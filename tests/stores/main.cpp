#define BOOST_TEST_MODULE stores
#include <boost/test/unit_test.hpp>

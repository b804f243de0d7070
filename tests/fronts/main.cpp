#define BOOST_TEST_MODULE fronts
#include <boost/test/unit_test.hpp>

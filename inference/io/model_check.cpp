// SPDX-License-Identifier: Apache-2.0
#include "inference/api/model_check.h"

#include <cmath>

namespace pentimento {
namespace {

// A trained autoencoder gives a soft picture back with 25 dB and more, one of random weights with 10.
constexpr double leastPsnr = 15;
// A trained UNet predicts something about as large as the noise it was given.
constexpr double smallestRms = 0.05, largestRms = 20;

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

} // namespace

std::vector<std::string> ModelCheck::problems() const
{
    std::vector<std::string> list;
    for (const std::string& part : info.missing)
        list.push_back("a part is missing: " + part);
    for (const FileCheck& file : files) {
        if (!file.fits())
            list.push_back(file.file.string() + " is not the file that " + file.expectedBy + " names: its SHA-256 is " +
                           file.sha256 + ", not " + file.expected);
    }
    for (const TensorFault& fault : faults)
        list.push_back(fault.where + " " + fault.what);
    if (!trial)
        return list;
    if (!(trial->unetRms >= smallestRms && trial->unetRms <= largestRms))
        list.push_back("the UNet predicts nothing useful: the root mean square of its output is " + numberText(trial->unetRms) +
                       ", not about 1");
    if (!(trial->vaePsnr >= leastPsnr))
        list.push_back("the VAE does not give back the picture it is given: " + numberText(trial->vaePsnr) + " dB");
    return list;
}

} // namespace pentimento

using Microsoft.ML.OnnxRuntime;

// Loads a graph and runs it once on zeros, every free dimension 1: what cannot be left out of a first answer.
if (args is not [var model])
{
    Console.Error.WriteLine("usage: PerCall.Bench.Bare <model.onnx>");
    return 2;
}

using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
using var session = new InferenceSession(model, options);
var (name, input) = session.InputMetadata.Single();
long[] shape = [.. input.Dimensions.Select(d => (long)Math.Max(d, 1))];
using var zeros = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, input.ElementDataType, shape);
zeros.GetTensorMutableRawData().Clear();
using var run = new RunOptions();
using var outputs = session.Run(run, [name], [zeros], session.OutputNames);
Console.WriteLine(outputs[0].GetTensorTypeAndShape().ElementCount);
return 0;

using System.Runtime.CompilerServices;
using PerCall.Training.Ratings;

namespace PerCall.Training.Factorization;

/// <summary>
/// Biased matrix factorisation, r̂ = μ + b_u + b_i + p·q, by stochastic gradient descent (Koren, Bell, Volinsky: "Matrix factorization
/// techniques for recommender systems", 2009).
/// </summary>
internal sealed class MatrixFactorization(MatrixFactorizationOptions options) : ITrainer
{
    public object? Options => options;

    public bool EstimatesRatings => true;

    public IRecommender Train(RatingSet ratings, TrainingLog log)
    {
        var random = new Random(options.Seed);
        var users = new FactorTable(ratings.Users.Length, options.Factors);
        var items = new FactorTable(ratings.Items.Length, options.Factors);
        var norm = RatingNorm.Of(ratings);
        var blocks = RatingBlocks.Cut(ratings, norm, users.Stride * sizeof(float), random);
        users.Randomize(random, options.Deviation);
        items.Randomize(random, options.Deviation);
        Unrated.Clear(users, blocks.Users, ratings.UserOf);
        Unrated.Clear(items, blocks.Items, ratings.ItemOf);

        var descent = new Descent(blocks, users, items, options);
        var shifts = Enumerable.Range(0, blocks.Side).ToArray();
        var rate = options.LearningRate;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var started = log.Start();
            random.Shuffle(shifts);
            var squares = descent.Epoch(shifts, rate);
            rate *= options.Decay;
            log.Epoch(epoch, options.Epochs, ratings.Count, started, norm.Deviation * Math.Sqrt(squares / ratings.Count));
        }

        return BiasedModel.Compose(norm, users, items, blocks.Users, blocks.Items, options.Regularization);
    }

    private sealed class Descent(RatingBlocks blocks, FactorTable users, FactorTable items, MatrixFactorizationOptions options)
    {
        private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = options.Threads };
        private readonly double[] _squares = new double[blocks.Side * blocks.Side];

        /// <summary>Returns the sum of squared errors, each taken before the step for its rating.</summary>
        public double Epoch(int[] shifts, float rate)
        {
            foreach (var shift in shifts)
            {
                Parallel.For(0, blocks.Side, _parallel, part =>
                {
                    var itemPart = (part + shift) % blocks.Side;
                    _squares[(part * blocks.Side) + itemPart] = Run(blocks.Block(part, itemPart), rate);
                });
            }

            var sum = 0.0;
            foreach (var squares in _squares)
            {
                sum += squares;
            }

            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private double Run(ReadOnlySpan<RatingBlocks.Entry> entries, float rate)
        {
            var squares = 0.0;
            var stride = users.Stride;
            var userBiases = users.Biases;
            var itemBiases = items.Biases;
            var keepBias = 1 - (rate * options.BiasRegularization);
            foreach (ref readonly var entry in entries)
            {
                ref var p = ref users.Row(entry.User);
                ref var q = ref items.Row(entry.Item);
                ref var userBias = ref userBiases[entry.User];
                ref var itemBias = ref itemBiases[entry.Item];
                var error = entry.Value - (userBias + itemBias + GradientStep.Dot(ref p, ref q, stride));
                squares += error * error;
                userBias = (keepBias * userBias) + (rate * error);
                itemBias = (keepBias * itemBias) + (rate * error);
                GradientStep.Descend(ref p, ref q, stride, error, rate, options.Regularization);
            }

            return squares;
        }
    }
}

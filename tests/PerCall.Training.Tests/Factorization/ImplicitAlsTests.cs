using PerCall.Training.Factorization;
using Xunit;

namespace PerCall.Training.Tests.Factorization;

public sealed class ImplicitAlsTests
{
    [Fact]
    public void Train_Users_AreWhereTheGradientIsZero()
    {
        var ratings = Draws.Ratings(users: 40, items: 30, perUser: 8);
        var options = new ImplicitAlsOptions { Factors = 5, Epochs = 3, Regularization = 0.7f, Confidence = 2 };

        var model = (FactorModel)new ImplicitAls(options).Train(ratings, TrainingLog.None);

        var byUser = ratings.ByUser();
        for (var user = 0; user < byUser.RowCount; user++)
        {
            var amounts = byUser.ColumnsOf(user).ToArray().Zip(byUser.ValuesOf(user).ToArray()).ToDictionary(p => p.First, p => p.Second);
            for (var factor = 0; factor < 5; factor++)
            {
                // The sum over all items, with and without feedback, of c (x·y − p) y, plus λ x.
                var gradient = 0.7 * model.UserVectors[(user * 5) + factor];
                for (var item = 0; item < 30; item++)
                {
                    var (confidence, preference) = amounts.TryGetValue(item, out var amount) ? (1 + (2 * amount), 1) : (1, 0);
                    gradient += confidence * (model.Score(user, item) - preference) * model.ItemVectors[(item * 5) + factor];
                }

                Assert.Equal(0, gradient, 1e-3);
            }
        }
    }

    [Fact]
    public void Train_NegativeFeedback_IsRefused()
    {
        var ratings = Draws.Ratings(times: -1);

        var refusal = Assert.Throws<TrainingException>(() => new ImplicitAls(new()).Train(ratings, TrainingLog.None));

        Assert.Contains("The feedback contains -5", refusal.Message, StringComparison.Ordinal);
    }
}

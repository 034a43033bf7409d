using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>Orders a model's deployments at random: each next one with a probability in proportion to its weight.</summary>
/// <param name="next">Returns a random number from 0, below its argument. Called from several threads.</param>
internal sealed class WeightedOrder(Func<int, int> next)
{
    public IEnumerable<Deployment> Of(IReadOnlyList<Deployment> deployments)
    {
        if (deployments.Count == 1)
        {
            yield return deployments[0];
            yield break;
        }

        List<Deployment> left = [.. deployments];
        while (left.Count > 1)
        {
            var at = next(left.Sum(d => d.Weight));
            var chosen = left.First(d => (at -= d.Weight) < 0);
            left.Remove(chosen);
            yield return chosen;
        }

        yield return left[0];
    }
}

namespace PerCall.Training.Ratings;

/// <summary>The lowest and the highest possible rating.</summary>
internal readonly record struct RatingScale(float Min, float Max)
{
    public float Clip(float rating) => Math.Clamp(rating, Min, Max);

    public bool Holds(float rating) => rating >= Min && rating <= Max;
}
